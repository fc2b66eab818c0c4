package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// block is a block that was compared with its shape. All its attributes and
// blocks have names that are known; the others have been reported.
type block struct {
	src        *source
	scope      *scope
	report     *Report
	shape      *shape
	labels     []string
	label      string    // the last of them, which is its name
	header     hcl.Range // where to point when something is missing
	named      hcl.Range // the label, or the header if there is none
	attributes hcl.Attributes
	blocks     []*block // in the order of the file
}

// labelPattern is what labels look like.
var labelPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// fill compares a body and everything in it with the block's shape. It reports
// every name that does not belong there; what remains can be used.
func (b *block) fill(body hcl.Body) {
	native, isNative := body.(*hclsyntax.Body)
	if body == nil || isNative && native == nil {
		return // the parser gave up on it, and said so
	}
	b.concealUnknown(body)
	if b.shape.free {
		attributes, diags := body.JustAttributes()
		b.report.adopt(diags)
		b.attributes = attributes
		return
	}
	if b.shape == authenticationShape {
		b.src.concealBody(body)
	}
	content, rest, diags := body.PartialContent(b.shape.schema())
	b.attributes = content.Attributes
	if isNative {
		content.Blocks = b.labelled(native) // in better words than the library's
		b.unknown(native)
	} else {
		b.report.adopt(diags)
		b.scope.lost = b.scope.lost || diags.HasErrors() && (b.shape == rootShape || b.shape.refers())
		attributes, _ := rest.JustAttributes()
		for _, name := range slices.Sorted(maps.Keys(attributes)) {
			b.misnamed(name, attributes[name].NameRange, asEither)
		}
	}
	for _, child := range content.Blocks {
		b.add(child)
	}
}

// schema is the shape as the library wants it. Nothing is required there: what
// is missing is reported by whoever wants to read it.
func (s *shape) schema() *hcl.BodySchema {
	schema := &hcl.BodySchema{}
	for _, a := range s.attributes {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: a.name})
	}
	for _, child := range s.blocks {
		schema.Blocks = append(schema.Blocks, hcl.BlockHeaderSchema{Type: child.name, LabelNames: child.labels})
	}
	return schema
}

// labelled returns the blocks that have labels enough.
func (b *block) labelled(body *hclsyntax.Body) hcl.Blocks {
	var blocks hcl.Blocks
	for _, child := range body.Blocks {
		shape := b.shape.block(child.Type)
		if shape == nil || !b.src.trusted(child.TypeRange) {
			continue
		}
		want := len(shape.labels)
		if len(child.Labels) < want {
			b.scope.lost = b.scope.lost || shape.refers()
			b.report.errorf(child.TypeRange, "Label missing", "A label says %s: %s", shape.labels[len(child.Labels)], shape.example)
			continue
		}
		if len(child.Labels) > want {
			b.report.errorf(child.LabelRanges[want], "Too many labels", "A block of this kind is written %s", shape.example)
		}
		blocks = append(blocks, child.AsHCLBlock())
	}
	return blocks
}

// add adds one of the block's blocks. Of what there can be only one, a second
// one is reported. It is read nevertheless, so that what is wrong in it is
// reported too.
func (b *block) add(hb *hcl.Block) {
	shape := b.variant(hb)
	child := &block{src: b.src, scope: b.scope, report: b.report, shape: shape, header: hb.DefRange, named: hb.DefRange}
	child.labels = hb.Labels[:len(shape.labels)]
	for i, label := range child.labels {
		child.label, child.named = label, hb.LabelRanges[i]
		if shape != virtualAddressShape && !labelPattern.MatchString(label) {
			b.report.errorf(child.named, "Invalid name",
				"%q cannot be %s. A name begins with a letter or _ and has letters, digits, _ and - after that.", label, shape.labels[i])
		}
	}
	child.fill(hb.Body)
	if first := b.first(child); first != nil && !shape.many && !child.nameless() {
		kind, advice := shape.title(), "Make one block of the two."
		if child.label != "" {
			kind, advice = kind+" of this name", "Rename or remove one of the two."
		}
		b.report.errorf(child.named, "Defined twice", "There is %s at %s already. %s", kind, place(first.named), advice)
	}
	b.blocks = append(b.blocks, child)
}

// variant returns the shape of a block: what a tracker or notify block may hold
// depends on its type.
func (b *block) variant(hb *hcl.Block) *shape {
	shape, variants := b.shape.block(hb.Type), b.scope.trackers
	switch shape {
	case trackerShape:
	case notifyShape:
		variants = b.scope.notifiers
	default:
		return shape
	}
	kind := hb.Labels[0]
	if own := variants[kind]; own != nil {
		return own
	}
	if broken := b.scope.found.broken(shape.name, kind); broken != nil {
		return b.broken(shape, hb.LabelRanges[0], broken)
	}
	types := slices.Sorted(maps.Keys(variants))
	b.report.errorf(hb.LabelRanges[0], "Unknown "+shape.name, "There is no %s of type %q.%s There are %s%s", shape.name, kind, didYouMean(kind, types), listed(types),
		b.scope.found.Directory.wanted(shape.name, kind, types))
	return shape.anything()
}

// broken reports that the plugin for a block cannot be used, and returns the
// block's shape.
func (b *block) broken(shape *shape, at hcl.Range, plugin *BrokenPlugin) *shape {
	what := fmt.Sprintf("The plugin sentinel-%s-%s cannot be used: %s", plugin.Kind, plugin.Type, withCommand(plugin.Err))
	if plugin.Tolerated {
		b.report.warnf(at, "Plugin not usable", "This block is not checked before the plugin works. %s", what)
		return shape.unchecked(plugin)
	}
	b.report.errorf(at, "Plugin not usable", "%s", what)
	return shape.anything()
}

// nameless reports whether the name is what could not be parsed.
func (b *block) nameless() bool { return b.label == placeholder && b.src.broken }

// first returns the block's first block with the kind and the labels of another,
// or nil.
func (b *block) first(like *block) *block {
	for _, child := range b.blocks {
		if child.shape.name == like.shape.name && slices.Equal(child.labels, like.labels) {
			return child
		}
	}
	return nil
}

// all returns the block's blocks of a kind.
func (b *block) all(shape *shape) []*block {
	return slices.DeleteFunc(slices.Clone(b.blocks), func(child *block) bool { return child.shape.name != shape.name })
}

// unknown reports the names in a body that the shape does not have.
func (b *block) unknown(body *hclsyntax.Body) {
	for _, name := range slices.Sorted(maps.Keys(body.Attributes)) {
		if !b.shape.hasAttribute(name) {
			b.misnamed(name, body.Attributes[name].NameRange, asAttribute)
		}
	}
	for _, child := range body.Blocks {
		if b.shape.block(child.Type) == nil {
			if strings.Contains(child.Type, "auth") && child.Body != nil {
				b.src.conceal(child.Body.Range())
			}
			b.misnamed(child.Type, child.TypeRange, asBlock)
		}
	}
}

// form is what a name was written as.
type form uint8

const (
	asEither    form = iota // JSON does not tell
	asAttribute             // with an equals sign
	asBlock                 // with braces
)

// misnamed explains a name that does not belong where it is.
func (b *block) misnamed(name string, at hcl.Range, written form) {
	if !b.src.trusted(at) {
		return
	}
	inner := rootShape.block(name)
	b.scope.lost = b.scope.lost || b.shape == rootShape || b.shape.refers() || inner != nil && inner.refers()
	where := "here"
	if b.shape.name != "" {
		where = "in " + b.shape.title()
	}
	own := b.shape.block(name)
	advice, known := reserved(name)
	home := homeOf(name)
	names := b.shape.names()
	switch {
	case written == asAttribute && own != nil:
		b.report.errorf(at, "Not an attribute", "%q is a block and has no equals sign: %s", name, own.example)
	case written == asBlock && b.shape.hasAttribute(name):
		b.report.errorf(at, "Not a block", "%q is an attribute and needs an equals sign: %s = %s", name, name, examples[name])
	case known:
		b.report.errorf(at, advice.summary, "%s", advice.detail)
	case home == rootShape:
		b.report.errorf(at, "Misplaced name", "%q does not belong %s. It stands on its own, outside of every block.", name, where)
	case home != nil && b.shape != variableShape && nearest(name, names) == "":
		b.report.errorf(at, "Misplaced name", "%q does not belong %s. Its place is %s.", name, where, home.title())
	default:
		b.report.errorf(at, "Unknown name", "There is no %q %s.%s Known are: %s.", name, where, didYouMean(name, names), listed(names))
	}
}
