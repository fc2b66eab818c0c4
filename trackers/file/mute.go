package file

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// mutes are the file systems whose files change without an event: the kernel
// makes them up, or another machine or process can write them.
var mutes = map[uint32]string{
	unix.PROC_SUPER_MAGIC:    "proc",
	unix.SYSFS_MAGIC:         "sysfs",
	unix.CGROUP_SUPER_MAGIC:  "cgroup",
	unix.CGROUP2_SUPER_MAGIC: "cgroup2",
	unix.DEBUGFS_MAGIC:       "debugfs",
	unix.NFS_SUPER_MAGIC:     "nfs",
	unix.SMB_SUPER_MAGIC:     "smb",
	unix.SMB2_SUPER_MAGIC:    "smb",
	unix.CIFS_SUPER_MAGIC:    "cifs",
	unix.FUSE_SUPER_MAGIC:    "fuse",
	unix.V9FS_MAGIC:          "9p",
	unix.CEPH_SUPER_MAGIC:    "ceph",
	unix.AFS_SUPER_MAGIC:     "afs",
	unix.CODA_SUPER_MAGIC:    "coda",
	unix.OCFS2_SUPER_MAGIC:   "ocfs2",
}

// mute returns an error if a directory is on a file system that does not tell of
// changes. Such a file system may also take its time, for which the hub's other
// listeners must not wait.
func mute(dir string) error {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return nil // the look-up in it will say why
	}
	if name := mutes[uint32(stat.Type)]; name != "" {
		return fmt.Errorf("%s does not tell of changes", name)
	}
	return nil
}
