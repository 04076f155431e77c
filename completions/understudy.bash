# shellcheck shell=bash
# Completion of understudy for bash. What may be said is asked of the program itself.

_understudy() {
    local words=() rest=${COMP_LINE:0:COMP_POINT} blanks part i
    # Words end at blanks; bash ends them at = and : too, each of which is a word of its own then.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        blanks=${rest%%[![:blank:]]*}
        rest=${rest#"$blanks"}
        part=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || part=$rest
        if [[ $blanks || $i -eq 0 ]]; then
            words+=("$part")
        else
            words[-1]+=$part
        fi
        rest=${rest#"$part"}
    done

    # Only what is behind the last of these is replaced; inside quotes all of the word.
    local breaks='' stay='' line candidate
    for part in = :; do
        [[ ${words[-1]} == [\"\']* || $COMP_WORDBREAKS != *$part* ]] || breaks+=$part
    done
    words=("${words[@]//[\"\']/}")
    local word=${words[-1]}
    if [[ $breaks && $word == *["$breaks"]* ]]; then
        stay=${word%"${word##*["$breaks"]}"}
    fi

    COMPREPLY=()
    while IFS= read -r line; do
        candidate=${line%%$'\t'*}
        if [[ ! $candidate ]]; then
            compopt -o filenames 2>/dev/null
            part=${word%"${word##*=}"}
            while IFS= read -r line; do
                candidate=$part$line
                COMPREPLY+=("${candidate#"$stay"}")
            done < <(compgen -f -- "${word##*=}")
            continue
        fi
        # More is to come behind these.
        [[ $candidate != *[=.,:] ]] || compopt -o nospace 2>/dev/null
        COMPREPLY+=("${candidate#"$stay"}")
    done < <("${words[0]/#'~/'/$HOME/}" complete "${words[@]:1}" 2>/dev/null)
}

complete -F _understudy understudy
