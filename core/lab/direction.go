package lab

// Direction says which frames a fault meets, as seen from the node.
type Direction uint8

const (
	// From is what the node sends.
	From Direction = 1 << iota
	// To is what is sent to the node.
	To
	// Both is every frame.
	Both = From | To
)

func (d Direction) String() string {
	switch d {
	case From:
		return "from"
	case To:
		return "to"
	case Both:
		return "both ways"
	}
	return "no way"
}

// sides index the state of a port by direction.
var sides = [2]Direction{From, To}
