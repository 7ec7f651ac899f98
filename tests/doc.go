// Package tests are the tests of whole clusters: each drives real nodes through
// their HTTP interface, as package aistest starts them.
//
//	go test ./tests -v -run=Smoke                   in one process
//	AISTEST_MODE=process go test ./tests            as processes
//	AIS_ENDPOINT=http://host:port go test ./tests   against a cluster that is there
package tests
