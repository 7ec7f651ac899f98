package config

import "net/url"

// Proxy says where a node finds its cluster, and whether proxies may lead it.
// Each URL is of a proxy's public or control network; "" is unknown.
type Proxy struct {
	PrimaryURL   string `json:"primary_url"`   // tried first
	OriginalURL  string `json:"original_url"`  // tried last
	DiscoveryURL string `json:"discovery_url"` // tried when the primary does not answer; may be a name for many proxies
	NonElectable bool   `json:"non_electable"` // this proxy never becomes primary
}

// URLs returns those that are set, in the order in which they are tried, each
// once.
func (p Proxy) URLs() []string {
	var urls []string
	seen := map[string]bool{"": true}
	for _, u := range []string{p.PrimaryURL, p.DiscoveryURL, p.OriginalURL} {
		if !seen[u] {
			urls = append(urls, u)
			seen[u] = true
		}
	}
	return urls
}

// Validate names what is wrong.
func (p Proxy) Validate() error {
	urls := [][2]string{{"primary_url", p.PrimaryURL}, {"original_url", p.OriginalURL}, {"discovery_url", p.DiscoveryURL}}
	for _, pair := range urls {
		if pair[1] == "" {
			continue
		}
		u, err := url.Parse(pair[1])
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return bad("proxy."+pair[0], "%.200q is not of the form http://host:port", pair[1])
		}
	}
	return nil
}
