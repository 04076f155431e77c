#compdef understudy
# Completion of understudy for zsh. What may be said is asked of the program itself.

_understudy() {
    local -a lines ended open
    local line candidate files ret=1
    lines=("${(@f)$(_call_program words $words[1] complete "${(@q)${(@Q)words[2,CURRENT-1]}}" "${(q)${(Q)IPREFIX}}${(q)${(Q)PREFIX}}" 2>/dev/null)}")
    for line in $lines; do
        candidate=${line%%$'\t'*}
        if [[ -z $candidate ]]; then
            files=yes
        elif [[ $candidate == *[=.,:] ]]; then
            # More is to come behind these.
            open+=("${candidate//:/\\:}:${line#*$'\t'}")
        else
            ended+=("${candidate//:/\\:}:${line#*$'\t'}")
        fi
    done
    (( $#ended )) && _describe -V word ended && ret=0
    (( $#open )) && _describe -V word open -S '' && ret=0
    if [[ -n $files ]]; then
        compset -P '*='
        _files && ret=0
    fi
    return ret
}

_understudy "$@"
