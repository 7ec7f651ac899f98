package s3

import (
	"net/http"

	"aistore/access"
)

// unconfigured are what a bucket can be asked about that it has not: the answers
// that clients take for that.
func unconfigured() []choice {
	ask := func(parameter string, do func(*call) error) choice {
		return choice{parameter, operation{need: access.HeadBucket, do: do}}
	}
	none := func(parameter, code string) choice {
		return ask(parameter, func(*call) error { return refuse(code) })
	}
	blank := func(parameter, name string) choice {
		return ask(parameter, func(c *call) error { return c.blank(name) })
	}
	return []choice{
		blank("location", "LocationConstraint"),
		blank("versioning", "VersioningConfiguration"),
		blank("notification", "NotificationConfiguration"),
		blank("logging", "BucketLoggingStatus"),
		blank("accelerate", "AccelerateConfiguration"),
		ask("acl", (*call).getACL),
		ask("requestPayment", (*call).getPayment),
		ask("policyStatus", (*call).getPolicyStatus),
		none("tagging", "NoSuchTagSet"),
		none("cors", "NoSuchCORSConfiguration"),
		none("policy", "NoSuchBucketPolicy"),
		none("lifecycle", "NoSuchLifecycleConfiguration"),
		none("website", "NoSuchWebsiteConfiguration"),
		none("encryption", "ServerSideEncryptionConfigurationNotFoundError"),
		none("replication", "ReplicationConfigurationNotFoundError"),
		none("object-lock", "ObjectLockConfigurationNotFoundError"),
		none("ownershipControls", "OwnershipControlsNotFoundError"),
		none("publicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
		none("analytics", codeNotImplemented),
		none("inventory", codeNotImplemented),
		none("metrics", codeNotImplemented),
		none("intelligent-tiering", codeNotImplemented),
	}
}

// unsettable are what a bucket cannot be told.
func unsettable() []choice {
	var all []choice
	for _, parameter := range []string{
		"accelerate", "acl", "analytics", "cors", "encryption", "intelligent-tiering", "inventory", "lifecycle",
		"logging", "metrics", "notification", "object-lock", "ownershipControls", "policy", "publicAccessBlock",
		"replication", "requestPayment", "tagging", "versioning", "website",
	} {
		do := func(*call) error { return refuse(codeNotImplemented) }
		all = append(all, choice{parameter, operation{need: access.PatchBucket, do: do}})
	}
	return all
}

// blank answers with a document that says nothing.
func (c *call) blank(name string) error {
	m := newMarkup(256)
	m.root(name)
	m.close(name)
	return m.answer(c.w, http.StatusOK)
}

// getACL answers that the owner may do everything, which is what the API can say
// of rights that are kept elsewhere.
func (c *call) getACL() error {
	m := newMarkup(1 << 10)
	m.root("AccessControlPolicy")
	m.owner("Owner")
	m.open("AccessControlList")
	m.open("Grant")
	m.out.WriteString(`<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">`)
	m.text("ID", owner)
	m.text("DisplayName", owner)
	m.close("Grantee")
	m.text("Permission", "FULL_CONTROL")
	m.close("Grant")
	m.close("AccessControlList")
	m.close("AccessControlPolicy")
	return m.answer(c.w, http.StatusOK)
}

func (c *call) getPayment() error {
	m := newMarkup(256)
	m.root("RequestPaymentConfiguration")
	m.text("Payer", "BucketOwner")
	m.close("RequestPaymentConfiguration")
	return m.answer(c.w, http.StatusOK)
}

func (c *call) getPolicyStatus() error {
	m := newMarkup(256)
	m.root("PolicyStatus")
	m.claim("IsPublic", false)
	m.close("PolicyStatus")
	return m.answer(c.w, http.StatusOK)
}
