/* The number of elements of an array (not of a pointer). */
#ifndef UNDERSTUDY_COUNT_H
#define UNDERSTUDY_COUNT_H

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#endif
