// Package netnstest gives tests network namespaces of their own, with cables
// between them, so that code that talks to the kernel is tested on the kernel and
// the machine's own interfaces are never touched.
//
// As root it makes namespaces directly. As an ordinary user the test binary runs
// itself again in a user namespace, where it is root: see [Main]. Where neither
// is possible, tests are skipped, or fail if SENTINEL_REQUIRE_NETNS=1 says that
// it has to be: see [NotRun].
package netnstest
