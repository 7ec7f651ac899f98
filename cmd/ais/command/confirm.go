package command

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/urfave/cli"

	"aistore/errs"
)

// confirm asks before something is destroyed, unless --yes is given.
// Errors: Invalid (nobody can be asked), Canceled (the answer was no).
func (t *Tool) confirm(c *cli.Context, format string, args ...any) error {
	if c.Bool("yes") {
		return nil
	}
	question := fmt.Sprintf(format, args...)
	if !t.StdinTerminal {
		return misused(c, question+" Say so with --yes: there is nobody to ask")
	}
	t.notef("%s [y/N] ", question)
	answer, _ := bufio.NewReader(t.Stdin).ReadString('\n') // no answer is no
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	e := errs.E("confirm", "", errs.Canceled, nil)
	e.Public = "Nothing was done"
	return e
}
