// Package units holds sizes and durations that read and write as people
// write them: "64MiB", "2m". Both are plain integers otherwise.
package units
