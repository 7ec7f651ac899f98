// Package certificate keeps the certificate with which a node shows who it is
// under TLS: it reads the files, notices when somebody exchanges them, and says
// how long the certificate is good for.
//
// Start with [Open], which reads [Files] into a [Keeper]. Its Server and Client
// make the configuration of a listener and of one connection to another node;
// both use what the files last held, so that a new certificate is shown to the
// next connection, while those that exist go on. [Make] makes a certificate for
// trying things out.
//
// What is read replaces what is in use only as a whole, and only if key and
// certificate fit together and the certificate is good today. Otherwise the old
// one stays in use, which the log tells as an error, and the files are tried
// again and again.
//
// The package does not obtain certificates from an authority, and knows nothing
// of revocation lists.
package certificate
