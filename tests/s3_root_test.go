package tests

import (
	"fmt"
	"net/http"
	"testing"

	"aistore/aistest"
	"aistore/config"
	"aistore/internal/check"
)

// TestS3AtTheRoot puts and reads objects through the port for S3 alone of each node,
// and through the public one by a domain, in path style and with the bucket in the
// host. The nodes that the objects do not belong to pass the requests on.
func TestS3AtTheRoot(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]aistest.Options{
		"roles apart":    {Targets: 3},
		"roles together": {All: 2, OnePort: true},
		"TLS":            {Targets: 2, HTTPS: true},
	} {
		o.Configure = func(file *config.File) {
			file.HostNet.PortS3 = "0"
			file.Net.S3.Domains = []string{"s3.test"}
		}
		t.Run(name, func(t *testing.T) { s3AtTheRoot(t, aistest.Start(t, o)) })
	}
}

func s3AtTheRoot(t *testing.T, c *aistest.Cluster) {
	s3Clients(t, c)[0].want(200, "PUT", "/b", "")
	var all []*s3Client
	for _, n := range c.Nodes() {
		for _, host := range []string{"", "s3.test", "b.s3.test:99", "b.localhost"} {
			all = append(all, &s3Client{t: t, http: c.HTTP(), base: n.S3URL(), host: host})
		}
		for _, host := range []string{"s3.test", "b.S3.test:99"} {
			all = append(all, &s3Client{t: t, http: c.HTTP(), base: n.URL(), host: host})
		}
	}
	// in is the path of an object, or of the bucket, by a client.
	in := func(client *s3Client, path string) string {
		if client.host != "" && client.host[0] == 'b' {
			return path
		}
		return "/b" + path
	}
	for i, client := range all {
		name := fmt.Sprintf("/v1/dir %d//o", i)
		client.want(200, "PUT", in(client, name), client.base)
		for _, reader := range all {
			check.Equal(t, reader.want(200, "GET", in(reader, name), "").body, client.base)
		}
		check.Contains(t, client.want(200, "GET", in(client, "/")+"?list-type=2&prefix=v1%2Fdir+"+fmt.Sprint(i), "").body, fmt.Sprintf("<Key>v1/dir %d//o</Key>", i))
	}
	all[0].want(200, "PUT", "/another", "")
	check.Contains(t, all[0].want(200, "GET", "/", "").body, "<Name>another</Name>")
	check.Contains(t, all[0].want(404, "GET", "/none/o", "").body, "<Code>NoSuchBucket</Code>")

	response, err := c.HTTP().Get(all[0].base + "/b/v1/dir%200//o")
	check.NoError(t, err)
	defer response.Body.Close()
	check.Equal(t, response.StatusCode, http.StatusForbidden)
}
