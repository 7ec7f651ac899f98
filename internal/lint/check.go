package lint

import (
	"fmt"
	"go/token"
	"io/fs"
	"slices"
)

// Check returns what is wrong with the module in fsys, one line each, in order
// of files. It fails where a file cannot be read or is no Go.
func Check(fsys fs.FS) ([]string, error) {
	c := &checker{positions: token.NewFileSet()}
	sources, err := load(fsys, c.positions)
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		c.checkName(s)
		c.checkImports(s)
		if !s.Test && !s.Generated {
			c.checkHabits(s)
		}
	}
	slices.SortStableFunc(c.problems, func(a, b problem) int { return int(a.at - b.at) })
	lines := make([]string, 0, len(c.problems))
	for _, p := range c.problems {
		lines = append(lines, fmt.Sprintf("%s: %s", c.positions.Position(p.at), p.text))
	}
	return lines, nil
}

type checker struct {
	positions *token.FileSet
	problems  []problem
}

type problem struct {
	at   token.Pos
	text string
}

func (c *checker) report(at token.Pos, format string, arguments ...any) {
	c.problems = append(c.problems, problem{at, fmt.Sprintf(format, arguments...)})
}
