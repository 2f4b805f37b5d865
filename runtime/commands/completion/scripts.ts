export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;

export type CompletionShell = (typeof SHELLS)[number];

/** What a shell evaluates at its start. Each asks the program itself, so that a new version brings its own flags. */
export const COMPLETION_SCRIPTS: Readonly<Record<CompletionShell, string>> = {
  bash: `# In ~/.bashrc: eval "$(oci-streaming-ha completion bash)"
_oci_streaming_ha() {
  local IFS=$'\\n' word=\${COMP_WORDS[COMP_CWORD]}
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=($(oci-streaming-ha complete -- "\${words[@]}" 2>/dev/null))
  # Nothing of ours: the names of files.
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _oci_streaming_ha oci-streaming-ha
`,
  zsh: `# In ~/.zshrc, after compinit: eval "$(oci-streaming-ha completion zsh)"
_oci_streaming_ha() {
  local -a found
  found=("\${(@f)$(oci-streaming-ha complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found[1]" ]]; then compadd -- $found; else _files; fi
}
compdef _oci_streaming_ha oci-streaming-ha
`,
  fish: `# In ~/.config/fish/config.fish: oci-streaming-ha completion fish | source
function __oci_streaming_ha
  set -l words (commandline -opc) (commandline -ct)
  oci-streaming-ha complete -- $words[2..-1] 2>/dev/null
end
complete -c oci-streaming-ha -a '(__oci_streaming_ha)'
`,
  powershell: `# In $PROFILE: oci-streaming-ha completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName oci-streaming-ha -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($word -eq '') { $words += '""' }
  & oci-streaming-ha complete '--' @words 2>$null | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`,
};
