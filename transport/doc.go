// Package transport carries objects between nodes over long-lived streams.
//
// It has no code yet: until a module sends many objects, targets reach each
// other by single requests (package ais/node, Peers).
package transport
