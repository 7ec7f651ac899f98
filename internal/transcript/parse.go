package transcript

import (
	"fmt"
	"strings"
)

const (
	dashes = "----"
	double = dashes + "\n" + dashes + "\n"
)

// parse cuts a transcript into blocks. What follows the last one is a block
// without commands.
func parse(content string) ([]block, error) {
	var blocks []block
	lines := strings.Split(strings.TrimSuffix(content, "\n"), "\n")
	for i := 0; i < len(lines); {
		var b block
		i = b.readLead(lines, i)
		b.line = i + 1
		i = b.readCommands(lines, i)
		if i == len(lines) && len(b.commands) == 0 {
			return append(blocks, b), nil
		}
		if i == len(lines) || lines[i] != dashes || len(b.commands) == 0 {
			return nil, fmt.Errorf("line %d: want commands and then %s", b.line, dashes)
		}
		var err error
		if i, err = b.readOutput(lines, i+1); err != nil {
			return nil, err
		}
		blocks = append(blocks, b)
	}
	return blocks, nil
}

func (b *block) readLead(lines []string, i int) int {
	for ; i < len(lines) && (strings.TrimSpace(lines[i]) == "" || strings.HasPrefix(lines[i], "#")); i++ {
		b.lead = append(b.lead, lines[i])
	}
	return i
}

func (b *block) readCommands(lines []string, i int) int {
	for ; i < len(lines) && strings.TrimSpace(lines[i]) != "" && lines[i] != dashes; i++ {
		b.commands = append(b.commands, lines[i])
	}
	return i
}

// readOutput reads from the line after the dashes.
func (b *block) readOutput(lines []string, i int) (int, error) {
	if i < len(lines) && lines[i] == dashes {
		return b.readDoubled(lines, i+1)
	}
	for ; i < len(lines) && lines[i] != ""; i++ {
		b.output += lines[i] + "\n"
	}
	return i, nil
}

func (b *block) readDoubled(lines []string, i int) (int, error) {
	for ; i+1 < len(lines); i++ {
		if lines[i] == dashes && lines[i+1] == dashes {
			return i + 2, nil
		}
		b.output += lines[i] + "\n"
	}
	return 0, fmt.Errorf("output of line %d has no doubled %s at its end", b.line, dashes)
}

// format writes blocks, each with the output that outputOf returns.
func format(blocks []block, outputOf func(block) string) string {
	var out strings.Builder
	for i, b := range blocks {
		if i > 0 && (len(b.lead) == 0 || b.lead[0] != "") {
			out.WriteByte('\n') // so that the output before ends
		}
		writeLines(&out, b.lead)
		writeLines(&out, b.commands)
		if len(b.commands) > 0 {
			writeOutput(&out, outputOf(b))
		}
	}
	return out.String()
}

func writeLines(out *strings.Builder, lines []string) {
	for _, line := range lines {
		out.WriteString(line)
		out.WriteByte('\n')
	}
}

func writeOutput(out *strings.Builder, output string) {
	if strings.HasPrefix(output, "\n") || strings.Contains(output, "\n\n") || strings.HasPrefix(output, dashes+"\n") {
		out.WriteString(double)
		out.WriteString(output)
		out.WriteString(double)
		return
	}
	out.WriteString(dashes + "\n")
	out.WriteString(output)
}
