package wire

// Version is the version of plugin.proto that is spoken here.
const Version = 1

// The environment variable that tells a plugin it was started by Sentinel. It
// is no secret: it keeps people from starting a plugin by accident.
const (
	CookieName  = "SENTINEL_PLUGIN_COOKIE"
	CookieValue = "8d1f2f6e-one-address-one-owner"
)

// Unserved is what is said of a call that a plugin does not serve, although it must. Its
// author is most likely to have given the service another name.
const Unserved = "is not served: the services of plugin.proto are sentinel.plugin.v1.Plugin, .Tracker and .Notifier"

// Limits of messages, in bytes.
const (
	// MaxDescription bounds the answer to Describe.
	MaxDescription = 1 << 20
	// MaxAnswer bounds every other message to the host.
	MaxAnswer = 64 << 10
	// MaxRequest bounds every message to a plugin.
	MaxRequest = 1 << 20
)

// Environment returns what every plugin finds in its environment, besides what it is
// given.
func Environment(home string) []string {
	return []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + home, "LANG=C.UTF-8"}
}
