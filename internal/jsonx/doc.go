// Package jsonx is JSON for everything that travels or is stored: the
// functions of encoding/json with the same results, made by json-iterator.
// It is the only importer of that library, so that the library can be
// exchanged here. Struct tags must not use omitzero, which it does not know.
package jsonx
