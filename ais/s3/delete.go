package s3

import (
	"errors"
	"net/http"

	"aistore/errs"
	"aistore/store"
)

// deleteObject removes an object. That there is none is as good.
func (c *call) deleteObject() error {
	if err := c.checkVersion(); err != nil {
		return err
	}
	conditions, err := c.conditions()
	if err != nil {
		return err
	}
	err = c.options.Objects.Delete(c.r.Context(), c.name(), store.DeleteOptions{Conditions: conditions})
	if err != nil && !errors.Is(err, errs.NotFound) {
		return c.conditional(err, conditions)
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}
