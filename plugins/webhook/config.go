package webhook

import (
	"errors"
	"net/url"

	"github.com/sentinel-ha/sentinel/plugins/internal/web"
	"github.com/sentinel-ha/sentinel/sdk"
)

type config struct {
	URL        string            `sentinel:"url,required,secret" doc:"where to send it"`
	Secret     string            `sentinel:"secret,secret,nonempty" doc:"what both ends know, for the signature"`
	Headers    map[string]string `sentinel:"headers,secret" doc:"more headers"`
	Username   string            `sentinel:"username,nonempty" doc:"for basic authentication"`
	Password   string            `sentinel:"password,secret,nonempty" doc:"for basic authentication"`
	CAFile     string            `sentinel:"ca_file,nonempty" doc:"file of certificates to trust, the system's by default"`
	SkipVerify bool              `sentinel:"tls_skip_verify" default:"false" doc:"any certificate is accepted"`
}

// Validate reports what can never be sent.
func (c *config) Validate() error {
	return errors.Join(
		sdk.At("url", c.checkURL()),
		sdk.At("headers", web.CheckHeaders(c.Headers, c.Username, "Host", "X-Sentinel-Event-Id", "X-Sentinel-Signature")),
		sdk.At("username", web.CheckUsername(c.Username, c.Password)),
		sdk.At("ca_file", web.CheckCAFile(c.CAFile, c.SkipVerify)),
	)
}

// checkURL says nothing of what is in a URL.
func (c *config) checkURL() error {
	u, err := url.Parse(c.URL)
	if err != nil {
		return errors.New("is not a URL")
	}
	return web.CheckURL(u)
}
