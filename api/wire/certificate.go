package wire

// Certificate describes the certificate that a node shows under TLS: the
// answer to what=tls_certificate. All values are text; the times are RFC 3339.
type Certificate struct {
	Subject      string `json:"subject"`
	Issuer       string `json:"issuer"`
	Hosts        string `json:"hosts"` // names and addresses that it is good for, joined by commas
	NotBefore    string `json:"not_before"`
	NotAfter     string `json:"not_after"`
	SerialNumber string `json:"serial_number"`
	PublicKey    string `json:"public_key_algorithm"`
	Signature    string `json:"signature_algorithm"`
	File         string `json:"file"`              // on the node
	State        string `json:"state"`             // "good", or what is the matter
	Problem      string `json:"problem,omitempty"` // why what the file holds now is not in use
}
