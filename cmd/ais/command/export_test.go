package command

// ExpandForTest returns how many strings a template stands for, and the first
// of them.
func ExpandForTest(source string, limit int) (count int64, first []string) {
	t := parseTemplate(source)
	for s := range t.all() {
		if len(first) == limit {
			break
		}
		first = append(first, s)
	}
	return t.count(), first
}

// HasBracesForTest tells whether a template stands for more than itself.
func HasBracesForTest(source string) bool { return parseTemplate(source).hasBraces() }

// PrintableForTest is how a name is printed.
func PrintableForTest(s string) string { return printable(s) }
