// Package measure is what the commands of benchmarks share: how they begin and end,
// the flags that all of them have, and how ways to do one thing are measured in turns.
package measure
