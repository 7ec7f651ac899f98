// Package command is the ais command without its process: it is given its
// environment and arguments, and returns an exit code, so that tests run it
// in their own process.
//
// Start with Tool and its method Run. There is one file per verb; what they
// share is in settings.go (endpoint, token), connect.go (the client),
// explain.go (errors as advice), table.go (output), arguments.go and
// suggest.go (what urfave/cli does not do about arguments), brace.go
// (templates), batch.go (many objects at once) and progress.go.
//
// Errors go to standard error, results to standard output; with --json
// everything that shows something prints one JSON value instead.
package command
