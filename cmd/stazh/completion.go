package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCommand prints a script that completes commands and flags. It is made from
// the grammar, so that it always fits the program.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints the script.
func (c *completionCommand) Run(a *app) error {
	lines := completions(a.grammar.Model.Node)
	switch c.Shell {
	case "fish":
		a.term.printf("%s", fishScript(a.grammar.Model.Node))
	case "zsh":
		a.term.printf("autoload -Uz bashcompinit && bashcompinit\n%s", bashScript(lines))
	default:
		a.term.printf("%s", bashScript(lines))
	}
	return nil
}

// completion is what may follow a command.
type completion struct {
	path  string // "report submit"
	words []string
}

func completions(root *kong.Node) []completion {
	var list []completion
	var visit func(n *kong.Node, path []string)
	visit = func(n *kong.Node, path []string) {
		c := completion{path: strings.Join(path, " ")}
		for _, child := range n.Children {
			if !child.Hidden {
				c.words = append(c.words, child.Name)
				visit(child, append(path[:len(path):len(path)], child.Name))
			}
		}
		for _, group := range n.AllFlags(true) {
			for _, f := range group {
				c.words = append(c.words, "--"+f.Name)
			}
		}
		for _, p := range n.Positional {
			c.words = append(c.words, p.EnumSlice()...)
		}
		list = append(list, c)
	}
	visit(root, nil)
	return list
}

func bashScript(list []completion) string {
	var b strings.Builder
	b.WriteString(`# Completion of stazh. Load it with: source <(stazh completion bash)
_stazh() {
  local word path="" words i
  word="${COMP_WORDS[COMP_CWORD]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${COMP_WORDS[i]}" in -*) ;; *) path="$path ${COMP_WORDS[i]}" ;; esac
  done
  case "${path# }" in
`)
	for _, c := range list {
		fmt.Fprintf(&b, "    %q) words=%q ;;\n", c.path, strings.Join(c.words, " "))
	}
	b.WriteString(`    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [[ ${#COMPREPLY[@]} -eq 0 && $word != -* ]]; then
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _stazh stazh
`)
	return b.String()
}

func fishScript(root *kong.Node) string {
	var b strings.Builder
	b.WriteString("# Completion of stazh. Save it as ~/.config/fish/completions/stazh.fish\n")
	line := func(condition, rest, help string) {
		fmt.Fprintf(&b, "complete -c stazh -n %s %s -d %s\n", fishQuote(condition), rest,
			fishQuote(help))
	}
	var names []string
	for _, noun := range root.Children {
		names = append(names, noun.Name)
	}
	for _, noun := range root.Children {
		line("__fish_use_subcommand", "-f -a "+noun.Name, noun.Help)
		inNoun := "__fish_seen_subcommand_from " + noun.Name
		var verbs []string
		for _, verb := range noun.Children {
			verbs = append(verbs, verb.Name)
		}
		for _, verb := range noun.Children {
			line(inNoun+"; and not __fish_seen_subcommand_from "+strings.Join(verbs, " "),
				"-f -a "+verb.Name, verb.Help)
			for _, f := range verb.Flags {
				line(inNoun+"; and __fish_seen_subcommand_from "+verb.Name, "-l "+f.Name, f.Help)
			}
		}
		for _, f := range noun.Flags {
			line(inNoun, "-l "+f.Name, f.Help)
		}
	}
	for _, f := range root.Flags {
		line("true", "-l "+f.Name, f.Help)
	}
	return b.String()
}

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
