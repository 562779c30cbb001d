/* Fails what a process writes to some files, while a control file says so. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int path_of(int fd, char path[4096]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, 4095);
  path[length < 0 ? 0 : length] = 0;
  return length >= 0;
}

static int names(int fd, const char *name) {
  char path[4096];
  return path_of(fd, path) && strstr(path, name) != NULL;
}

/* Whether the file BYLAW_FAULT names says so: a kind ("fsync", "write" or "lie") and a part of a name. */
static int faulty(int fd, const char *kind) {
  char said[16] = {0}, name[32] = {0};
  const char *path = getenv("BYLAW_FAULT");
  FILE *file = path ? fopen(path, "r") : NULL;
  if (!file) return 0;
  int words = fscanf(file, "%15s %31s", said, name);
  fclose(file);
  return words == 2 && strcmp(said, kind) == 0 && names(fd, name);
}

static off_t synced = 0; /* Size of the write-ahead log when it last reached the disk. */

/* As Linux may: what was not on disk is gone from the cache too, here of all that is written. */
static void drop(int journal) {
  char path[4096];
  if (!path_of(journal, path) || ftruncate(journal, 0) != 0) abort();
  strcpy(strrchr(path, '/'), "/bylaw.db-wal");
  if (truncate(path, synced) != 0) abort();
}

static int synchronize(int fd, const char *call) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, call);
  int lie = faulty(fd, "lie");
  if (lie) drop(fd);
  if (lie || faulty(fd, "fsync")) {
    usleep(30000); /* A disk that fails takes its time: others read meanwhile what was written. */
    errno = EIO;
    return -1;
  }
  int result = real(fd);
  if (result == 0 && names(fd, "bylaw.db-wal")) synced = lseek(fd, 0, SEEK_END);
  return result;
}

int fsync(int fd) { return synchronize(fd, "fsync"); }
int fdatasync(int fd) { return synchronize(fd, "fdatasync"); }

static ssize_t put(int fd, const void *bytes, size_t count, off_t at, const char *call) {
  ssize_t (*real)(int, const void *, size_t, off_t) =
      (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, call);
  if (faulty(fd, "write")) {
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
