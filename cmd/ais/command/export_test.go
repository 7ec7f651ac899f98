package command

// PrintableForTest is how a name is printed.
func PrintableForTest(s string) string { return printable(s) }
