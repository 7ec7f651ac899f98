// Package apitest is a fake cluster for tests of clients: HTTP servers on the
// loopback interface, in this process, that speak as much of the protocol as
// package api uses and keep everything in memory. It is small and literal on
// purpose; what clients send wrong should fail here.
//
// Start one with Start; its methods put objects, change the map, stop nodes,
// and intercept requests to play faults.
package apitest
