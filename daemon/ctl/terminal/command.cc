// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/terminal/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>

namespace famfs::ctl {

namespace {

using Commands = std::span<const Command *const>;

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

/// The command that the user has named, or nullptr.
const Command *chosen(const CLI::App &app, Commands commands) {
    const auto found = std::ranges::find_if(
        commands, [&](const Command *command) { return app.got_subcommand(command->name); });
    return found == commands.end() ? nullptr : *found;
}

int explain(const CLI::App &app, Commands commands, const CLI::ParseError &error) {
    if (error.get_exit_code() == 0)
        return app.exit(error);
    const Command *command = chosen(app, commands);
    if (command == nullptr) {
        complain(std::string(error.what()) +
                 "\nUsage: famfsctl COMMAND ...; famfsctl --help lists the commands");
        return exit_usage;
    }
    const std::string name = command->name;
    complain(name + ": " + error.what() + "\nUsage: famfsctl " + name + " [OPTIONS] " + command->arguments +
             "\nExamples and all options: famfsctl " + name + " --help");
    return exit_usage;
}

int run(const Action &action) {
    const auto status = action();
    if (status)
        return *status;
    complain(status.error().message());
    return exit_failed;
}

} // namespace

int run_command_line(int argc, char **argv, Commands commands) {
    CLI::App app("Makes, fills, checks and looks into famfs file systems.", "famfsctl");
    app.set_version_flag("--version", FAMFS_VERSION);
    app.footer("A file system is named by its device (an image file, a block device, a dax device) or, for "
               "commands\n"
               "that only read, by the directory where it is mounted.\n"
               "Sizes: 4096, 64K, 2MiB, 1G. Help with examples: famfsctl COMMAND --help\n"
               "Exit status: 0 done, 1 failed, 64 wrong usage; fsck has its own.");
    std::map<const Command *, Action> actions;
    for (const Command *command : commands) {
        CLI::App *sub = app.add_subcommand(command->name, command->summary);
        sub->footer(command->notes);
        sub->formatter(std::make_shared<Formatter>(command->arguments));
        CommandLine line(*sub);
        actions.emplace(command, command->add(line));
    }
    try {
        app.parse(argc, argv);
        if (chosen(app, commands) == nullptr)
            throw CLI::RequiredError("A command");
    } catch (const CLI::ParseError &error) {
        return explain(app, commands, error);
    }
    return run(actions.at(chosen(app, commands)));
}

void complain(const std::string &text) {
    std::fflush(stdout); // so that the two streams keep their order in one file
    (void)std::fprintf(stderr, "famfsctl: %s\n", text.c_str());
}

} // namespace famfs::ctl
