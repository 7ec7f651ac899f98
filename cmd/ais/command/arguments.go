package command

import (
	"slices"
	"strings"

	"github.com/urfave/cli"

	"aistore/errs"
)

// arrange makes a command line fit for urfave/cli, which wants flags before
// arguments: it finds the command, puts its flags first, splits short flags
// that are written together, and refuses what is unknown with a hint.
// Errors: Invalid.
func arrange(app *cli.App, args []string) ([]string, error) {
	if len(args) < 2 {
		return args, nil
	}
	args = todaysNames(args)
	out, rest := args[:1:1], args[1:]
	path, commands, flags := app.Name, app.Commands, append([]cli.Flag{cli.HelpFlag}, app.Flags...)
	for len(commands) > 0 && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		word := rest[0]
		if word == "help" || word == "h" {
			return append(out, rest...), nil
		}
		found := commandNamed(commands, word)
		if found == nil {
			return nil, unknownCommand(app, path, word, commandNames(commands))
		}
		path += " " + found.Name
		out, rest = append(out, found.Name), rest[1:]
		commands, flags = found.Subcommands, append([]cli.Flag{cli.HelpFlag}, found.Flags...)
	}
	if len(commands) > 0 && len(out) > 1 && (len(rest) == 0 || rest[0] == "--help" || rest[0] == "-h") {
		return slices.Insert(out, len(out)-1, "help"), nil // of a group
	}
	options, arguments, err := sortArguments(path, flags, rest)
	if err != nil {
		return nil, err
	}
	out = append(out, options...)
	if len(arguments) > 0 {
		out = append(append(out, "--"), arguments...)
	}
	return out, nil
}

// sortArguments parts flags, with their values, from arguments.
func sortArguments(path string, flags []cli.Flag, args []string) (options, arguments []string, err error) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return options, append(arguments, args[i+1:]...), nil
		}
		if arg == "-" || !strings.HasPrefix(arg, "-") {
			arguments = append(arguments, arg)
			continue
		}
		if letters := togetherLetters(flags, arg); letters != nil {
			options = append(options, letters...)
			continue
		}
		name, _, hasValue := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		flag := flagNamed(flags, name)
		if flag == nil {
			return nil, nil, unknownWord(path, "option", arg, flagNames(flags))
		}
		options = append(options, arg)
		if hasValue || takesNoValue(flag) {
			continue
		}
		if i++; i == len(args) {
			return nil, nil, usageError(path, "option "+arg+" needs a value")
		}
		options[len(options)-1] += "=" + args[i]
	}
	return options, arguments, nil
}

// togetherLetters splits "-ry" into "-r", "-y"; nil when arg is not of that
// form.
func togetherLetters(flags []cli.Flag, arg string) []string {
	letters := strings.TrimPrefix(arg, "-")
	if len(letters) < 2 || strings.HasPrefix(letters, "-") || flagNamed(flags, letters) != nil {
		return nil
	}
	var split []string
	for _, letter := range letters {
		flag := flagNamed(flags, string(letter))
		if flag == nil || !takesNoValue(flag) {
			return nil
		}
		split = append(split, "-"+string(letter))
	}
	return split
}

func takesNoValue(f cli.Flag) bool {
	switch f.(type) {
	case cli.BoolFlag, cli.BoolTFlag:
		return true
	}
	return false
}

func commandNamed(commands []cli.Command, name string) *cli.Command {
	for i := range commands {
		if commands[i].HasName(name) {
			return &commands[i]
		}
	}
	return nil
}

func commandNames(commands []cli.Command) []string {
	names := []string{"help"}
	for _, c := range commands {
		names = append(names, c.Names()...)
	}
	return names
}

func flagNamed(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		for _, n := range namesOf(f) {
			if n == name {
				return f
			}
		}
	}
	return nil
}

// namesOf returns the names of a flag without dashes.
func namesOf(f cli.Flag) []string {
	names := strings.Split(f.GetName(), ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}

// flagNames returns the names of flags with dashes.
func flagNames(flags []cli.Flag) []string {
	var names []string
	for _, f := range flags {
		for _, n := range namesOf(f) {
			names = append(names, dashed(n))
		}
	}
	return names
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// unknownWord is the error of a word that the command at path does not know.
func unknownWord(path, what, word string, known []string) error {
	text := "unknown " + what + " \"" + word + "\""
	if near := nearest(word, known); near != "" && len(strings.TrimLeft(word, "-")) > 1 {
		text += ", did you mean \"" + near + "\"?"
	}
	return usageError(path, text)
}

// unknownCommand is unknownWord of a command, which may be one elsewhere.
func unknownCommand(app *cli.App, path, word string, known []string) error {
	if places := placesOf(path, word, app.Commands); len(places) > 0 {
		return usageError(path, "unknown command \""+word+"\", did you mean \""+strings.Join(places, "\" or \"")+"\"?")
	}
	return unknownWord(path, "command", word, known)
}

// usageError is the error of a command line that cannot be carried out.
func usageError(path, text string) error {
	e := errs.E(path, "", errs.Invalid, nil)
	e.Public = text + "\nSee \"" + path + " --help\""
	return e
}

// misused is usageError from within a command.
func misused(c *cli.Context, text string) error { return usageError(c.Command.HelpName, text) }

// wantArguments checks the number of arguments. max below 0 is no limit.
func wantArguments(c *cli.Context, min, max int) error {
	switch n := c.NArg(); {
	case n < min && n == 0:
		return misused(c, "missing "+c.Command.ArgsUsage)
	case n < min:
		return misused(c, "missing arguments, want "+c.Command.ArgsUsage)
	case max >= 0 && n > max:
		return misused(c, "too many arguments: \""+strings.Join(c.Args()[max:], "\", \"")+"\"")
	}
	return nil
}
