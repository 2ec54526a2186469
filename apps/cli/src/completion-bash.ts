/**
 * Completion for bash, our own: @bomb.sh/tab's needs the package bash-completion, offers no files, and evaluates the words typed so far
 * as shell text, so that a Tab behind `$(…)` would run it. Speaks the same protocol.
 */
export const bashCompletionScript = String.raw`# bash completion for rackway: source <(rackway completion bash)
_rackway() {
  local -a answer
  local line directive current=${"${COMP_WORDS[COMP_CWORD]}"}
  COMPREPLY=()
  mapfile -t answer < <(rackway complete -- "${"${COMP_WORDS[@]:1:COMP_CWORD}"}" 2>/dev/null)
  ((${"${#answer[@]}"})) || return 0
  directive=${"${answer[-1]#:}"}
  unset 'answer[-1]'
  [[ $current == "=" ]] && current=
  for line in "${"${answer[@]}"}"; do
    line=${"${line%%$'\\t'*}"}
    [[ $line == "$current"* ]] && COMPREPLY+=("$line")
  done
  if [[ $directive == 0 ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _rackway rackway
`;
