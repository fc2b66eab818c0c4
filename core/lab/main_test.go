package lab_test

import (
	"os"
	"testing"

	"github.com/sentinel-ha/sentinel/core/lab/labtest"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(programVariable); name != "" {
		programs[name]()
		return
	}
	labtest.Main(m)
}
