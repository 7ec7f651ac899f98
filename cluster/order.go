package cluster

import (
	"cmp"
	"encoding/binary"
	"errors"
	"strconv"

	"aistore/errs"
)

// Order is the place of a write among all writes of one object. Of two writes
// the later has the higher order, also when different targets made them and
// whatever their clocks say. It is stored with every object, copy, slice,
// version and tombstone. The zero value is before every write.
type Order struct {
	Map         int64  // version of the map in force at the owner
	Incarnation uint64 // of the owner: how often it has started
	Counter     uint64 // of writes in this incarnation
}

// Compare returns -1, 0 or 1 as o is before p, is p, or is after p.
func (o Order) Compare(p Order) int {
	return cmp.Or(cmp.Compare(o.Map, p.Map), cmp.Compare(o.Incarnation, p.Incarnation), cmp.Compare(o.Counter, p.Counter))
}

// IsZero tells whether o is the zero value, the order of no write.
func (o Order) IsZero() bool { return o == Order{} }

// String returns "map.incarnation.counter".
func (o Order) String() string {
	b := strconv.AppendInt(make([]byte, 0, 3*20+2), o.Map, 10)
	b = strconv.AppendUint(append(b, '.'), o.Incarnation, 10)
	b = strconv.AppendUint(append(b, '.'), o.Counter, 10)
	return string(b)
}

// Append appends o to dst as three varints, 3 to 30 bytes.
// The map version must not be negative.
func (o Order) Append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(o.Map))
	dst = binary.AppendUvarint(dst, o.Incarnation)
	return binary.AppendUvarint(dst, o.Counter)
}

// ParseOrder reads what [Order.Append] has written at the start of src and
// returns what follows it. Errors: Corrupt.
func ParseOrder(src []byte) (Order, []byte, error) {
	var values [3]uint64
	rest := src
	for i := range values {
		v, n := binary.Uvarint(rest)
		if n <= 0 || n > 1 && rest[n-1] == 0 {
			return Order{}, src, errs.E("cluster.ParseOrder", "", errs.Corrupt, errors.New("not three varints"))
		}
		values[i], rest = v, rest[n:]
	}
	o := Order{Map: int64(values[0]), Incarnation: values[1], Counter: values[2]}
	if o.Map < 0 {
		return Order{}, src, errs.E("cluster.ParseOrder", "", errs.Corrupt, errors.New("the map version is out of range"))
	}
	return o, rest, nil
}
