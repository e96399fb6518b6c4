// The C library's files, directories, clocks and streams, through WASI.
// Build: python -m ziglang cc --target=wasm32-wasi -Os -s -o stdio.wasm stdio.c
// Run in an empty directory granted as "/"; prints stdio.txt and exits with 42.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void streams(void) {
  char line[64];
  FILE *f = fopen("t.txt", "w");
  for (int i = 0; i < 1000; i++) fprintf(f, "line %d\n", i);
  printf("written %ld\n", ftell(f));
  fclose(f);

  f = fopen("t.txt", "r+");
  int lines = 0;
  while (fgets(line, sizeof line, f)) lines++;
  printf("lines %d, at the end %d\n", lines, feof(f) != 0);
  fseek(f, 5, SEEK_SET);
  fputs("XYZ", f);
  rewind(f);
  fgets(line, sizeof line, f);
  printf("overwritten %s", line);
  ungetc('q', f);
  printf("pushed back %c\n", fgetc(f));
  fclose(f);

  f = fopen("t.txt", "a");
  fputs("end\n", f);
  fclose(f);
  f = fopen("t.txt", "rb");
  fseek(f, -4, SEEK_END);
  fgets(line, sizeof line, f);
  printf("appended %s", line);
  fclose(f);
}

static void names(void) {
  struct stat st;
  rename("t.txt", "u.txt");
  printf("old name %d\n", access("t.txt", F_OK));
  stat("u.txt", &st);
  printf("new name %d, %lld bytes\n", S_ISREG(st.st_mode), (long long)st.st_size);
  fopen("no/such", "r");
  printf("missing: %s\n", strerror(errno));

  mkdir("dir", 0777);
  int fd = open("dir/x", O_CREAT | O_WRONLY | O_EXCL, 0666);
  printf("created, wrote %zd\n", write(fd, "abc", 3));
  close(fd);
  open("dir/x", O_CREAT | O_EXCL | O_WRONLY, 0666);
  printf("again: %s\n", strerror(errno));

  DIR *d = opendir("dir");
  for (struct dirent *e; (e = readdir(d));)
    if (e->d_name[0] != '.') printf("entry %s, file %d\n", e->d_name, e->d_type == DT_REG);
  rewinddir(d);
  int entries = 0;
  while (readdir(d)) entries++;
  closedir(d);
  printf("entries %d\n", entries);

  rmdir("dir");
  printf("not empty: %s\n", strerror(errno));
  printf("removed %d %d %d\n", remove("dir/x"), remove("dir"), unlink("u.txt"));
}

static void links(void) {
  char target[64];
  struct stat st;
  close(open("file", O_CREAT | O_WRONLY, 0666));
  printf("link %d, symlink %d\n", link("file", "hard"), symlink("file", "soft"));
  ssize_t n = readlink("soft", target, sizeof target);
  printf("leads to %.*s\n", (int)n, target);
  lstat("soft", &st);
  printf("is a link %d\n", S_ISLNK(st.st_mode));
  stat("soft", &st);
  printf("is a file %d with %d names\n", S_ISREG(st.st_mode), (int)st.st_nlink);
  symlink("../../etc", "out");
  open("out/passwd", O_RDONLY);
  printf("out: %s\n", strerror(errno));
  unlink("file"), unlink("hard"), unlink("soft"), unlink("out");
}

static void offsets(void) {
  char data[8] = {0};
  int fd = open("o", O_CREAT | O_RDWR, 0666);
  pwrite(fd, "world", 5, 5);
  pwrite(fd, "hello", 5, 0);
  printf("pread %zd", pread(fd, data, 4, 3));
  printf(" %s, at %lld\n", data, (long long)lseek(fd, 0, SEEK_CUR));
  printf("end %lld, before 0: %d\n", (long long)lseek(fd, 0, SEEK_END), (int)lseek(fd, -1, SEEK_SET));
  printf("truncated %d %lld\n", ftruncate(fd, 3), (long long)lseek(fd, 0, SEEK_END));
  close(fd);
  printf("closed: %zd %s\n", read(fd, data, 1), strerror(errno));
  unlink("o");
}

static void process(int argc, char **argv) {
  struct pollfd out = {STDOUT_FILENO, POLLOUT, 0};
  struct timespec before, after, nap = {0, 1000000};
  clock_gettime(CLOCK_MONOTONIC, &before);
  nanosleep(&nap, NULL);
  clock_gettime(CLOCK_MONOTONIC, &after);
  long passed = (after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec - before.tv_nsec;
  printf("slept %d, stdout ready %d\n", passed >= 1000000, poll(&out, 1, 100));
  char line[64] = "";
  fgets(line, sizeof line, stdin);
  printf("%d arguments, last %s, GREETING %s, typed %s", argc, argv[argc - 1], getenv("GREETING"), line);
}

int main(int argc, char **argv) {
  streams();
  names();
  links();
  offsets();
  process(argc, argv);
  fprintf(stderr, "to stderr\n");
  setvbuf(stdout, NULL, _IOFBF, 4096);
  printf("flushed at exit\n");
  exit(42);
}
