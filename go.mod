module github.com/sentinel-ha/sentinel

go 1.26

require github.com/google/go-cmp v0.7.0

require (
	github.com/cockroachdb/datadriven v1.0.3 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
)
