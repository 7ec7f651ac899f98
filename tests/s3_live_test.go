package tests

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"aistore/aistest"
	"aistore/api/wire"
	"aistore/internal/check"
)

// probeAnonymous sends a request that nobody has signed.
func probeAnonymous(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	head := func() int { return do(t, c, request{method: http.MethodHead, path: "/s3/" + b.Name + "/o"}).status }
	check.Equal(t, head(), http.StatusForbidden)
	changed(t, c, "auth.s3.anonymous", "true")
	check.Equal(t, head(), http.StatusOK)
}

// removeS3Key takes the key of s3Clients away.
func removeS3Key(t *testing.T, c *aistest.Cluster) {
	t.Helper()
	check.NoError(t, c.Client().RemoveS3Key(t.Context(), s3AccessKey))
}

// probeDomains asks for an object in the bucket that the host names.
func probeDomains(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	client := s3Clients(t, c)[0]
	defer removeS3Key(t, c)
	client.root, client.host = "", b.Name+".s3.test"
	client.want(http.StatusNotFound, "HEAD", "/o", "")
	changed(t, c, "net.s3.domains", "s3.test")
	client.want(http.StatusOK, "HEAD", "/o", "")
}

// probeMinPart completes an upload of two parts, of which the first is small.
func probeMinPart(t *testing.T, c *aistest.Cluster, b wire.Bucket) {
	client, object := s3Clients(t, c)[0], "/"+b.Name+"/parts"
	defer removeS3Key(t, c)
	_, id, _ := strings.Cut(client.want(http.StatusOK, "POST", object+"?uploads=", "").body, "<UploadId>")
	id, _, _ = strings.Cut(id, "</UploadId>")
	var parts strings.Builder
	for n := 1; n <= 2; n++ {
		tag := client.want(http.StatusOK, "PUT", fmt.Sprintf("%s?partNumber=%d&uploadId=%s", object, n, id), "part").header.Get("Etag")
		fmt.Fprintf(&parts, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", n, tag)
	}
	whole := "<CompleteMultipartUpload>" + parts.String() + "</CompleteMultipartUpload>"
	refused := client.want(http.StatusBadRequest, "POST", object+"?uploadId="+id, whole)
	check.Contains(t, refused.body, "<Code>EntityTooSmall</Code>")
	changed(t, c, "limits.min_upload_part", "1B")
	client.want(http.StatusOK, "POST", object+"?uploadId="+id, whole)
	check.Equal(t, client.want(http.StatusOK, "GET", object, "").body, "partpart")
}
