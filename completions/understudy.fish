# Completion of understudy for fish. What may be said is asked of the program itself.

function __understudy_complete
    set -l words (commandline -opc)
    set -l word (string replace -ra '["\']' '' -- (commandline -ct))
    for line in ($words[1] complete $words[2..-1] "$word" 2>/dev/null)
        if string match -q \t'*' -- $line
            set -l stem (string replace -r '[^=]*$' '' -- $word)
            for path in (__fish_complete_path (string replace -r '^.*=' '' -- $word))
                echo $stem$path
            end
        else
            echo $line
        end
    end
end

complete -c understudy -f -a '(__understudy_complete)'
