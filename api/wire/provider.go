package wire

import (
	"fmt"

	"aistore/errs"
)

// Names of storage providers, as they appear in JSON and in unames.
const (
	ProviderAIS   = "ais"
	ProviderAWS   = "aws"
	ProviderGCP   = "gcp"
	ProviderAzure = "azure"
	ProviderOCI   = "oci"
)

// Providers returns the canonical name of every provider in a new slice.
func Providers() []string {
	return []string{ProviderAIS, ProviderAWS, ProviderGCP, ProviderAzure, ProviderOCI}
}

// ParseProvider returns the canonical name for a provider or one of the
// aliases s3, gs, az and oc. The empty string means [ProviderAIS].
// Errors: Invalid.
func ParseProvider(alias string) (string, error) {
	switch alias {
	case "", ProviderAIS:
		return ProviderAIS, nil
	case ProviderAWS, "s3":
		return ProviderAWS, nil
	case ProviderGCP, "gs":
		return ProviderGCP, nil
	case ProviderAzure, "az":
		return ProviderAzure, nil
	case ProviderOCI, "oc":
		return ProviderOCI, nil
	}
	return "", errs.E("wire.ParseProvider", fmt.Sprintf("%.64q", alias), errs.Invalid,
		fmt.Errorf("unknown provider, expecting one of %v", Providers()))
}

// Scheme returns what stands before "://" in the name of a bucket of provider:
// the provider itself, but s3 for aws, gs for gcp, az for azure and oc for oci.
func Scheme(provider string) string {
	switch provider {
	case "":
		return ProviderAIS
	case ProviderAWS:
		return "s3"
	case ProviderGCP:
		return "gs"
	case ProviderAzure:
		return "az"
	case ProviderOCI:
		return "oc"
	}
	return provider
}
