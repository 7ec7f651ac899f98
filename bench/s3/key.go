package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"aistore/bench/load"
)

// addLines adds header lines.
func addLines(h http.Header, lines string) {
	for line := range strings.Lines(lines) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		h.Set(name, value)
	}
}

// key is an access key.
type key struct{ access, secret string }

// sign returns the header lines that sign a request by Signature Version 4, with its
// content or without. The query, if any, has to be in order.
func (k key) sign(r *load.Request, content bool) string {
	now := time.Now().UTC()
	stamp, day := now.Format("20060102T150405Z"), now.Format("20060102")
	payload := "UNSIGNED-PAYLOAD"
	if content {
		sum := sha256.Sum256(r.Body)
		payload = hex.EncodeToString(sum[:])
	}
	path, query, _ := strings.Cut(r.Target, "?")
	const names = "host;x-amz-content-sha256;x-amz-date"
	canonical := r.Method + "\n" + path + "\n" + query + "\nhost:" + r.Address + "\nx-amz-content-sha256:" + payload +
		"\nx-amz-date:" + stamp + "\n\n" + names + "\n" + payload
	hashed := sha256.Sum256([]byte(canonical))
	scope := day + "/us-east-1/s3/aws4_request"
	secret := []byte("AWS4" + k.secret)
	for _, part := range append(strings.Split(scope, "/"), "AWS4-HMAC-SHA256\n"+stamp+"\n"+scope+"\n"+hex.EncodeToString(hashed[:])) {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(part))
		secret = mac.Sum(nil)
	}
	return "X-Amz-Date: " + stamp + "\r\nX-Amz-Content-Sha256: " + payload + "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=" +
		k.access + "/" + scope + ", SignedHeaders=" + names + ", Signature=" + hex.EncodeToString(secret) + "\r\n"
}
