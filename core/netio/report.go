package netio

import "errors"

// Report is what a [Host] has to say. The set is closed: [LinkReport],
// [SocketReport], [AddressReport], [AnnouncementReport], [FilterReport] and
// [Warning].
type Report interface{ report() }

// LinkReport is the state of a watched interface: once for every [Host.Watch],
// after every change, and after every [AddressOrder] about it.
type LinkReport struct{ Link Link }

// SocketReport answers [Host.OpenSocket]. Err is nil if the socket is open.
type SocketReport struct {
	ID  uint32
	Err error
}

// AddressReport answers [Host.ChangeAddresses], with one result per address, in
// the order's order.
type AddressReport struct {
	Seq     uint64
	Router  string
	Add     bool
	Results []AddressResult
}

// AddressResult is what became of one address.
type AddressResult struct {
	Address Address
	// Err is nil if the address is now where it should be, even if it was so
	// before. It is exactly [ErrForeign] for somebody else's.
	Err error
	// Changed is false if it was so before.
	Changed bool
}

// ErrForeign: the address is present on the interface and was not put there by
// this program. Nothing was changed.
var ErrForeign = errors.New("present, not put there by us")

// AnnouncementReport says that frames could not be sent: at most once per
// interface and announcement.
type AnnouncementReport struct {
	Router    string
	Interface string
	Err       error
}

// FilterReport answers [Host.DropPacketsTo]. It also comes unasked, when the
// rules were found missing.
type FilterReport struct {
	// Err is nil if the rules are in place.
	Err error
	// Restored: somebody had removed the rules, and unless Err is set they are
	// back.
	Restored bool
}

// Warning is something that a person should know and that the host got over.
type Warning struct{ Err error }

func (LinkReport) report()         {}
func (SocketReport) report()       {}
func (AddressReport) report()      {}
func (AnnouncementReport) report() {}
func (FilterReport) report()       {}
func (Warning) report()            {}
