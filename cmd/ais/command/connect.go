package command

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"aistore/api"
	"aistore/errs"
)

// startAttempts is how often a cluster that is starting is asked again.
const startAttempts = 8

// connect returns a client that has the cluster map, so that object calls go
// to their owners. A cluster that is starting is waited for, for a while. The
// caller closes the client.
// Errors: Unavailable, and those of the settings.
func (t *Tool) connect(ctx context.Context) (*api.Client, error) {
	client, err := t.client()
	if err != nil {
		return nil, err
	}
	for attempt := range startAttempts {
		_, err = client.Map(ctx)
		if !errors.Is(err, errs.Unavailable) || neverReached(err) || untrusted(err) != nil || ctx.Err() != nil {
			break
		}
		if attempt == 0 {
			t.notef("The cluster at %s is starting, waiting for it\n", client.Endpoint())
		}
		if !t.sleep(ctx) {
			break
		}
	}
	if errors.Is(err, errs.Unavailable) || errors.Is(err, errs.Canceled) {
		client.Close()
		return nil, unreachable(client.Endpoint(), err)
	}
	return client, nil // without the map calls go by a proxy, which says what is wrong
}

// client returns a client that has sent nothing yet.
func (t *Tool) client() (*api.Client, error) { return t.clientAt("") }

// clientAt is client for another endpoint than that of the settings, unless it
// is "".
func (t *Tool) clientAt(url string) (*api.Client, error) {
	s, err := t.settings()
	if err != nil {
		return nil, err
	}
	o, err := s.options()
	if err != nil {
		return nil, err
	}
	if url != "" {
		o.Endpoint = url
	}
	if o.Token, err = t.token(); err != nil {
		return nil, err
	}
	o.Attempts = 4
	client, err := api.New(o)
	if err != nil {
		e := errs.E("connect", o.Endpoint, "", err)
		e.Public = "\"" + o.Endpoint + "\" is no endpoint: " + rootText(err) + "\nWant the URL of a proxy in AIS_ENDPOINT, as http://HOST:PORT"
		return nil, e
	}
	return client, nil
}

// sleep waits between two attempts. It is false when ctx ends.
func (t *Tool) sleep(ctx context.Context) bool {
	patience := t.Patience
	if patience <= 0 {
		patience = time.Second
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// neverReached reports whether nobody listens at the address asked.
func neverReached(err error) bool {
	at, ok := errors.AsType[*net.OpError](err)
	return ok && at.Op == "dial"
}

// untrusted returns why the certificate of a node is not accepted; nil when that
// is not what is wrong.
func untrusted(err error) error {
	if refused, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return refused.Err
	}
	return nil
}

// unreachable explains that there is no cluster at an endpoint.
func unreachable(endpoint string, err error) error {
	e := errs.E("connect", endpoint, "", err)
	if why := untrusted(err); why != nil {
		e.Public = "the certificate of " + endpoint + " is not accepted: " + why.Error() +
			"\nName the file of its root in AIS_CLIENT_CA, or accept any certificate with AIS_SKIP_VERIFY_CRT=true"
		return e
	}
	switch {
	case neverReached(err):
		e.Public = "cannot reach a cluster at " + endpoint + ": " + rootCause(err) +
			"\nIs it running? Start one with \"make run\", or say where it is: export AIS_ENDPOINT=http://HOST:PORT"
	case errors.Is(err, errs.Unavailable):
		e.Public = "the cluster at " + endpoint + " is not ready: " + errs.PublicOf(err) +
			"\nTry again in a moment, or look at the log of its primary proxy"
	}
	return e
}

// rootCause returns the innermost text of an error, "connection refused".
func rootCause(err error) string {
	at, ok := errors.AsType[*net.OpError](err)
	if !ok {
		return err.Error()
	}
	var inner error = at.Err
	for errors.Unwrap(inner) != nil {
		inner = errors.Unwrap(inner)
	}
	return inner.Error()
}
