/* One function per subcommand: argv[0] is its name; returns the exit code. */
#ifndef TOOLS_COMMON_COMMANDS_H
#define TOOLS_COMMON_COMMANDS_H

int render_main(int argc, char **argv);
int windows_main(int argc, char **argv);
int inspect_main(int argc, char **argv);
int preset_main(int argc, char **argv);
int preview_main(int argc, char **argv);
int devices_main(int argc, char **argv);
int verify_main(int argc, char **argv);
int info_main(int argc, char **argv);
int bench_main(int argc, char **argv);
int profile_main(int argc, char **argv);
int doctor_main(int argc, char **argv);
int link_main(int argc, char **argv);

#endif
