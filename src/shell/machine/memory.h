/* Memory of the libraries: its end is told, and what they give back is wiped. */
#ifndef UNDERSTUDY_MEMORY_H
#define UNDERSTUDY_MEMORY_H

/*
 * Sets libcurl and jansson up (curl_global_init), once, before any other call of theirs. When a
 * small piece cannot be had the process ends as xcalloc ends it; a large one is what a peer made
 * so, and fails in the library, which tells. What they free is overwritten, also what libcurl's
 * OpenSSL frees (but for memory_forget): keys were in it, sent by us or quoted by a provider.
 */
void memory_set_up(void);

/* Wipes what this thread keeps of OpenSSL's to use it again; what OpenSSL has of it now is wiped as
 * it comes back. Where keys change, and by itself where the thread ends. */
void memory_forget(void);

#endif
