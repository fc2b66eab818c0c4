// Package file is the tracker "file": it reads a number from a file as soon as it
// changes.
//
//	tracker "file" "app" {
//	  path          = "/run/app/health"
//	  initial_value = 0
//	  max_age       = "30s"
//	}
//
// The file holds one decimal whole number of 32 bits, with white space around it
// or not. Whatever else is found, or not found, is no number: the tracker is
// unknown, with the reason. The reason quotes what is there, unless a symbolic link
// leads to a file that not everybody may read: who can make the link may not be
// meant to.
//
// A file may be written in place or replaced, and so may every directory and
// symbolic link that leads to it. Therefore the directories in which names of the
// path are looked up are watched, all of them, for these names; an event only says
// that it is time to follow the path anew:
//
//	inotify ─► hub ─► listener.changed ─► watch: follow the path, read, report
//
// All file trackers of a process share one inotify instance, of which a user has
// few. A directory that cannot be watched, and one on a file system that does not
// tell of changes, is made up for by reading every second, and the reason says so.
// What is mounted or unmounted is told by /proc/self/mountinfo; then all files are
// read anew, once a second at most.
//
// In any case every file is read every ten seconds, because of what the kernel
// tells nobody: that a file was written through a mapping in memory, or below a
// file system that lies over its own. It is read every three seconds if it has
// more than one hard link, as it may be written by a name in a directory that is
// not watched, and if nobody tells of mounts. A hundred files cost less than a
// thousandth of a processor.
//
// A file that changes all the time is read every 10 ms at most; the last content
// counts in the end.
package file
