package config

import (
	"maps"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// block is a block that was compared with its shape. All its attributes and
// blocks have names that are known; the others have been reported.
type block struct {
	src        *source
	report     *Report
	shape      *shape
	label      string
	header     hcl.Range // where to point when something is missing
	named      hcl.Range // the label, or the header if there is none
	attributes hcl.Attributes
	blocks     []*block // in the order of the file
}

// labelPattern is what labels look like.
var labelPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// open compares a body and everything in it with a shape. It reports every name
// that does not belong there; what remains can be used.
func open(src *source, report *Report, body hcl.Body, shape *shape, header hcl.Range) *block {
	b := &block{src: src, report: report, shape: shape, header: header, named: header}
	if native, ok := body.(*hclsyntax.Body); body == nil || ok && native == nil {
		return b // the parser gave up on it, and said so
	}
	if shape.free {
		attributes, diags := body.JustAttributes()
		report.adopt(diags)
		b.attributes = attributes
		return b
	}
	if shape == authenticationShape {
		src.concealBlock(shape.name, body)
	}
	content, rest, diags := body.PartialContent(shape.schema())
	b.attributes = content.Attributes
	b.unknown(rest)
	for _, diag := range diags {
		// Labels of the native syntax are checked below, in better words.
		if _, native := body.(*hclsyntax.Body); !native {
			report.adopt(hcl.Diagnostics{diag})
		}
	}
	if native, ok := body.(*hclsyntax.Body); ok {
		content.Blocks = b.labelled(native)
	}
	for _, child := range content.Blocks {
		b.blocks = append(b.blocks, b.child(child))
	}
	return b
}

// schema is the shape as the library wants it. Nothing is required there: what
// is missing is reported by whoever wants to read it.
func (s *shape) schema() *hcl.BodySchema {
	schema := &hcl.BodySchema{}
	for _, a := range s.attributes {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: a.name})
	}
	for _, child := range s.blocks {
		header := hcl.BlockHeaderSchema{Type: child.name}
		if child.label != "" {
			header.LabelNames = []string{child.label}
		}
		schema.Blocks = append(schema.Blocks, header)
	}
	return schema
}

// labelled returns the blocks whose number of labels is right.
func (b *block) labelled(body *hclsyntax.Body) hcl.Blocks {
	var blocks hcl.Blocks
	for _, child := range body.Blocks {
		shape := b.shape.block(child.Type)
		switch {
		case shape == nil || !b.src.trusted(child.TypeRange):
			continue
		case shape.label == "" && len(child.Labels) > 0:
			b.report.errorf(child.LabelRanges[0], "Label not allowed", "This block has no label. It is written %s", shape.example)
		case shape.label != "" && len(child.Labels) == 0:
			b.report.errorf(child.TypeRange, "Label missing", "The label says %s: %s", shape.label, shape.example)
		case shape.label != "" && len(child.Labels) > 1:
			b.report.errorf(child.LabelRanges[1], "Too many labels", "This block has one label, %s: %s", shape.label, shape.example)
		}
		if shape.label == "" || len(child.Labels) > 0 {
			blocks = append(blocks, child.AsHCLBlock())
		}
	}
	return blocks
}

// child opens one of the block's blocks. A second one where there can be only
// one is reported. It is read nevertheless, so that what is wrong in it is
// reported too.
func (b *block) child(hb *hcl.Block) *block {
	shape := b.shape.block(hb.Type)
	child := open(b.src, b.report, hb.Body, shape, hb.DefRange)
	if shape.label != "" {
		child.label, child.named = hb.Labels[0], hb.LabelRanges[0]
		if shape != virtualAddressShape && !labelPattern.MatchString(child.label) {
			b.report.errorf(child.named, "Invalid name",
				"%q cannot be %s. A name begins with a letter or _ and has letters, digits, _ and - after that.", child.label, shape.label)
		}
	}
	if shape.repeatable {
		return child
	}
	if first := b.first(shape.name); first != nil {
		b.report.errorf(child.header, "Block defined twice", "There is %s at %s already. Make one block of the two.", shape.title(), place(first.header))
	}
	return child
}

// first returns the block's first block of a name, or nil.
func (b *block) first(name string) *block {
	if all := b.all(name); len(all) > 0 {
		return all[0]
	}
	return nil
}

// all returns the block's blocks of a name.
func (b *block) all(name string) []*block {
	var children []*block
	for _, child := range b.blocks {
		if child.shape.name == name {
			children = append(children, child)
		}
	}
	return children
}

// unknown reports the names in a body that the shape does not have.
func (b *block) unknown(rest hcl.Body) {
	native, ok := rest.(*hclsyntax.Body)
	if !ok {
		attributes, _ := rest.JustAttributes()
		for _, name := range slices.Sorted(maps.Keys(attributes)) {
			b.misnamed(name, attributes[name].NameRange, false, false)
		}
		return
	}
	for _, name := range slices.Sorted(maps.Keys(native.Attributes)) {
		if !b.shape.hasAttribute(name) {
			b.misnamed(name, native.Attributes[name].NameRange, true, false)
		}
	}
	for _, child := range native.Blocks {
		if b.shape.block(child.Type) == nil {
			b.src.concealBlock(child.Type, child.Body)
			b.misnamed(child.Type, child.TypeRange, false, true)
		}
	}
}

// misnamed explains a name that does not belong where it is.
func (b *block) misnamed(name string, at hcl.Range, isAttribute, isBlock bool) {
	if !b.src.trusted(at) {
		return
	}
	where := "here"
	if b.shape.name != "" {
		where = "in " + b.shape.title()
	}
	own := b.shape.block(name)
	advice, known := reserved(name)
	home := homeOf(name)
	switch {
	case isAttribute && own != nil:
		b.report.errorf(at, "Not an attribute", "%q is a block and has no equals sign: %s", name, own.example)
	case isBlock && b.shape.hasAttribute(name):
		b.report.errorf(at, "Not a block", "%q is an attribute and needs an equals sign: %s = %s", name, name, examples[name])
	case known:
		b.report.errorf(at, advice.summary, "%s", advice.detail)
	case home == rootShape:
		b.report.errorf(at, "Misplaced name", "%q does not belong %s. It stands on its own, outside of every block.", name, where)
	case home != nil && b.shape != variableShape && nearest(name, b.shape.names()) == "":
		b.report.errorf(at, "Misplaced name", "%q does not belong %s. Its place is %s.", name, where, home.title())
	default:
		b.report.errorf(at, "Unknown name", "There is no %q %s.%s Known are: %s.", name, where, didYouMean(name, b.shape.names()), listed(b.shape.names()))
	}
}
