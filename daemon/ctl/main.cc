// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/bus_error.h"
#include "daemon/ctl/command.h"

#include <cstdio>

namespace famfs::ctl {

namespace {

/// Usage lines with our words for the positional arguments, which CLI11 sees as one list.
class Formatter : public CLI::Formatter {
public:
    explicit Formatter(const char *arguments) : arguments_(arguments) {}
    std::string make_usage(const CLI::App * /*app*/, std::string name) const override {
        return "Usage: " + name + " [OPTIONS] " + arguments_ + "\n\n";
    }

private:
    const char *arguments_;
};

int run(const Action &action) {
    const auto status = action();
    if (status)
        return *status;
    complain(status.error().message());
    return exit_failed;
}

int main(int argc, char **argv) {
    CLI::App app("Makes, fills, checks and looks into famfs file systems.", "famfsctl");
    app.set_version_flag("--version", FAMFS_VERSION);
    app.require_subcommand(1);
    app.footer("A file system is named by its device (an image file, a block device, a dax device) or, for "
               "commands\n"
               "that only read, by the directory where it is mounted.\n"
               "Sizes: 4096, 64K, 2MiB, 1G. Help with examples: famfsctl COMMAND --help\n"
               "Exit status: 0 done, 1 failed, 64 wrong usage; fsck has its own.");
    std::vector<Action> actions;
    for (const Command &command : commands()) {
        CLI::App *sub = app.add_subcommand(command.name, command.summary);
        sub->footer(command.notes);
        sub->formatter(std::make_shared<Formatter>(command.arguments));
        actions.push_back(command.add(*sub));
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? exit_ok : exit_usage;
    }
    explain_bus_errors();
    for (std::size_t i = 0; i < actions.size(); i++)
        if (app.got_subcommand(commands()[i].name))
            return run(actions[i]);
    return exit_usage;
}

} // namespace

void complain(const std::string &text) {
    std::fflush(stdout); // so that the two streams keep their order in one file
    std::fprintf(stderr, "famfsctl: %s\n", text.c_str());
}

} // namespace famfs::ctl

int main(int argc, char **argv) {
    try {
        return famfs::ctl::main(argc, argv);
    } catch (const std::exception &error) { // out of memory, or a fault of ours: nothing that input can cause
        (void)std::fprintf(stderr, "famfsctl: %s\n", error.what());
        return famfs::ctl::exit_failed;
    }
}
