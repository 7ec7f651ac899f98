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
		blank("notification", "NotificationConfiguration"),
		blank("logging", "BucketLoggingStatus"),
		blank("accelerate", "AccelerateConfiguration"),
		ask("requestPayment", (*call).getPayment),
		none("website", "NoSuchWebsiteConfiguration"),
		none("encryption", "ServerSideEncryptionConfigurationNotFoundError"),
		none("replication", "ReplicationConfigurationNotFoundError"),
		none("ownershipControls", "OwnershipControlsNotFoundError"),
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
		"accelerate", "analytics", "encryption", "intelligent-tiering", "inventory",
		"logging", "metrics", "notification", "ownershipControls",
		"replication", "requestPayment", "website",
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

func (c *call) getPayment() error {
	m := newMarkup(256)
	m.root("RequestPaymentConfiguration")
	m.text("Payer", "BucketOwner")
	m.close("RequestPaymentConfiguration")
	return m.answer(c.w, http.StatusOK)
}
