package ui

import (
	"context"

	"postroom.dev/mta/table"
	"postroom.dev/ui/model"
)

// RulesBackend is what the window asks of the tables. They are named as their files are: "access", "aliases" ….
type RulesBackend interface {
	// TableNames gives the tables that can be edited, in the order in which they are shown.
	TableNames() []string
	// TableText reads a table's source as it is now.
	TableText(ctx context.Context, name string) (model.TableText, error)
	// SaveTable puts text in a table's place, while that still is what version says, and gives what it is now. model.ErrTableChanged.
	SaveTable(ctx context.Context, name string, text []byte, version string) (model.TableText, error)
	// CheckTable says what is wrong with a text for a table, beside the other tables as they are.
	CheckTable(ctx context.Context, name string, text []byte) ([]table.Problem, error)
	// TraceAddress says what would happen to mail, with texts in the place of the tables that they are named after.
	TraceAddress(ctx context.Context, q model.AddressQuestion, with map[string][]byte) (model.AddressAnswer, error)
	// WouldChange says which of the newest messages would fare otherwise with these texts.
	WouldChange(ctx context.Context, with map[string][]byte) (model.RulesPreview, error)
}
