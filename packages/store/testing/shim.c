/* Fails what a process writes to bylaw.db and its log, while a control file says so. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* What the file BYLAW_FAULT names says: "fsync", "write" or "lie"; nothing when it is not there. */
static int faulty(const char *kind) {
  char said[16] = {0};
  const char *path = getenv("BYLAW_FAULT");
  FILE *file = path ? fopen(path, "r") : NULL;
  if (!file) return 0;
  size_t length = fread(said, 1, sizeof said - 1, file);
  fclose(file);
  return length > 0 && strstr(said, kind) != NULL;
}

static int ours(int fd, const char *name) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, name) != NULL;
}

static off_t synced = 0; /* Size of the write-ahead log when it last reached the disk. */

static int synchronize(int fd, const char *call) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, call);
  if (ours(fd, "bylaw.db")) {
    int lie = faulty("lie");
    /* As Linux may: the error is told once, and what was not on disk is gone from the cache too. */
    if (lie && ours(fd, "bylaw.db-wal") && ftruncate(fd, synced) != 0) abort();
    if (lie || faulty("fsync")) {
      errno = EIO;
      return -1;
    }
  }
  int result = real(fd);
  if (result == 0 && ours(fd, "bylaw.db-wal")) synced = lseek(fd, 0, SEEK_END);
  return result;
}

int fsync(int fd) { return synchronize(fd, "fsync"); }
int fdatasync(int fd) { return synchronize(fd, "fdatasync"); }

static ssize_t put(int fd, const void *bytes, size_t count, off_t at, const char *call) {
  ssize_t (*real)(int, const void *, size_t, off_t) =
      (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, call);
  if (ours(fd, "bylaw.db") && faulty("write")) {
    errno = EIO;
    return -1;
  }
  return real(fd, bytes, count, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  return put(fd, bytes, count, at, "pwrite");
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) {
  return put(fd, bytes, count, at, "pwrite64");
}
