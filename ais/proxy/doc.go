// Package proxy is the role of a gateway: it answers what concerns the cluster
// and sends clients to the targets that own their objects. It never touches
// user data.
//
// A change is made by the primary. Another proxy checks that the caller may ask
// for it and forwards the request.
package proxy
