package command

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli"

	"aistore/errs"
)

// Version is the version of this command. Its first two numbers are those of
// the protocol.
const Version = "5.0.0"

// Tool is the ais command. It runs one command line at a time.
type Tool struct {
	Environment
}

// New returns the command in an environment.
func New(e Environment) *Tool { return &Tool{Environment: e} }

// Run carries out a command line, the program's name first, and returns the
// exit code: 0, or that of the error's kind, see errs.Kind.ExitCode. It has
// then printed the error.
func (t *Tool) Run(ctx context.Context, args []string) int {
	app := t.app(ctx)
	if completing(args) {
		t.complete(ctx, app.Commands, args)
		return 0
	}
	args, err := arrange(app, args)
	if err == nil {
		err = app.Run(args)
	}
	if err == nil {
		return 0
	}
	t.report(err)
	return errs.KindOf(err).ExitCode()
}

// app builds the tree of commands. Actions see ctx.
func (t *Tool) app(ctx context.Context) *cli.App {
	app := cli.NewApp()
	app.Name, app.HelpName = "ais", "ais"
	app.Usage = "work with an AIStore cluster"
	app.UsageText = "ais COMMAND [ARGUMENTS] [OPTIONS]"
	app.HideVersion = true
	app.Version = Version
	app.Writer, app.ErrWriter = t.Stdout, t.Stderr
	app.CustomAppHelpTemplate = appHelp
	app.ExitErrHandler = func(*cli.Context, error) {} // Run reports
	app.Flags = []cli.Flag{cli.BoolFlag{Name: "version, V", Usage: "print the version of this command"}}
	app.Action = func(c *cli.Context) error {
		if c.Bool("version") {
			return t.printf("%s\n", t.version())
		}
		return cli.ShowAppHelp(c)
	}
	app.Commands = t.commands(ctx)
	finish(app.Commands)
	return app
}

// commands lists the top level, in the order in which help shows it.
func (t *Tool) commands(ctx context.Context) []cli.Command {
	return []cli.Command{
		t.createCommand(ctx),
		t.destroyCommand(ctx),
		t.listCommand(ctx),
		t.putCommand(ctx),
		t.getCommand(ctx),
		t.catCommand(ctx),
		t.removeCommand(ctx),
		t.copyCommand(ctx),
		t.moveCommand(ctx),
		t.evictCommand(ctx),
		t.prefetchCommand(ctx),
		t.bucketCommand(ctx),
		t.objectCommand(ctx),
		t.archiveCommand(ctx),
		t.jobCommand(ctx),
		t.startCommand(ctx),
		t.stopCommand(ctx),
		t.waitCommand(ctx),
		t.showCommand(ctx),
		t.storageCommand(ctx),
		t.clusterCommand(ctx),
		t.configCommand(ctx),
		t.logCommand(ctx),
		t.tlsCommand(ctx),
		t.authCommand(ctx),
		t.searchCommand(ctx),
		t.versionCommand(ctx),
	}
}

// version is the version with its build.
func (t *Tool) version() string {
	if t.Version == "" {
		return Version
	}
	return Version + " (" + t.Version + ")"
}

// verb carries out one command.
type verb func(ctx context.Context, c *cli.Context) error

// with makes an action of a verb.
func with(ctx context.Context, v verb) func(*cli.Context) error {
	return func(c *cli.Context) error { return v(ctx, c) }
}

// finish sets on every command what is the same for all.
func finish(commands []cli.Command) {
	for i := range commands {
		c := &commands[i]
		c.SkipArgReorder = true // arrange has done it
		c.OnUsageError = func(c *cli.Context, err error, _ bool) error { return misused(c, flagErrorText(c, err)) }
		c.CustomHelpTemplate = leafHelp
		if len(c.Subcommands) > 0 {
			c.CustomHelpTemplate = groupHelp
		}
		finish(c.Subcommands)
	}
}

// printf prints to standard output.
func (t *Tool) printf(format string, args ...any) error {
	_, err := fmt.Fprintf(t.Stdout, format, args...)
	return err
}

// notef prints to standard error; that it cannot be printed is nobody's loss.
func (t *Tool) notef(format string, args ...any) { notef(t.Stderr, format, args...) }

func notef(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

const appHelp = `{{.Name}} - {{.Usage}}

USAGE:
   {{.UsageText}}

COMMANDS:{{range .VisibleCommands}}
   {{join .Names ", "}}{{"\t"}}{{.Usage}}{{end}}

OPTIONS:{{range .VisibleFlags}}
   {{.}}{{end}}

ENVIRONMENT:
   AIS_ENDPOINT          URL of any proxy of the cluster (default http://127.0.0.1:8080)
   AIS_AUTHN_TOKEN       token, or AIS_AUTHN_TOKEN_FILE with the file that holds it
   AIS_CRT, AIS_CRT_KEY, AIS_CLIENT_CA, AIS_SKIP_VERIFY_CRT
                         certificates for https endpoints
   NO_COLOR              no colours

EXIT CODES:
   0 done   1 failed   2 wrong use   3 not found   4 not allowed   5 exists, busy or in conflict
   6 unavailable   7 damaged bytes   8 no space   130 interrupted

"ais COMMAND --help" shows options and examples of a command.
`

const groupHelp = `{{.HelpName}} - {{.Usage}}

USAGE:
   {{.HelpName}} COMMAND [ARGUMENTS] [OPTIONS]

COMMANDS:{{range .Subcommands}}
   {{join .Names ", "}}{{"\t"}}{{.Usage}}{{end}}
`

const leafHelp = `{{.HelpName}} - {{.Usage}}

USAGE:
   {{.HelpName}}{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}{{if .VisibleFlags}} [OPTIONS]{{end}}{{if .VisibleFlags}}

OPTIONS:{{range .VisibleFlags}}
   {{.}}{{end}}{{end}}{{if .Description}}

EXAMPLES:
{{.Description}}{{end}}
`
