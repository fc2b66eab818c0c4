package netio

import (
	"fmt"
	"time"
)

// dropPacketsTo carries out an order.
func (w *worker) dropPacketsTo(addresses []Address) {
	w.filterAt = time.Time{}
	if len(addresses) > 0 {
		w.filterAt = time.Now().Add(filterInterval)
	}
	w.report(FilterReport{Err: w.replaceFilter(addresses)})
}

// replaceFilter changes the filter. Like an address it is in the record first.
func (w *worker) replaceFilter(addresses []Address) error {
	w.filter.addresses = addresses
	if len(addresses) > 0 {
		w.record.setFilter(true)
		if err := w.record.save(); err != nil {
			w.record.setFilter(w.filter.installed)
			return err
		}
	}
	err := w.filter.replace()
	w.record.setFilter(w.filter.installed)
	w.save()
	return err
}

// checkFilter puts the filter back if somebody has removed it.
func (w *worker) checkFilter() {
	w.filterAt = time.Now().Add(filterInterval)
	intact, err := w.filter.intact()
	if err != nil {
		w.warn(fmt.Errorf("check the packet filter: %w", err))
		return
	}
	if !intact {
		restored := w.filter.installed // or else it never was there
		w.report(FilterReport{Err: w.replaceFilter(w.filter.addresses), Restored: restored})
	}
}

// removeFilter removes the filter, if there is one, at the beginning and at the
// end.
func (w *worker) removeFilter() {
	w.filter.addresses = nil
	if err := w.filter.replace(); err != nil {
		w.warn(fmt.Errorf("remove the packet filter: %w", err))
	}
	w.record.setFilter(w.filter.installed)
}
