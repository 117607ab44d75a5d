// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/command_line.h"

#include "base/size_text.h"
#include "daemon/ctl/command.h"

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
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

constexpr int decimal_base = 10;
constexpr int octal_base = 8;

std::string to_text(std::uint64_t value, int base) {
    std::array<char, 24> text{};
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value, base).ptr};
}

std::string describe(NumberRange range, int base) {
    return (base == octal_base ? "an octal number from " : "a number from ") + to_text(range.least, base) +
           (range.most == UINT64_MAX ? " up" : " to " + to_text(range.most, base));
}

/// The last of "-s,--size".
std::string long_name(std::string_view names) {
    return std::string(names.substr(names.rfind(',') + 1));
}

/// @parse: nothing if the text is not @expected.
template <class Parse>
CLI::Option *add_parsed(CLI::App &app, const char *names, std::optional<std::uint64_t> &value,
                        const std::string &expected, const char *help, Parse parse) {
    const auto set = [&value, expected, parse, name = long_name(names)](const std::string &text) {
        value = parse(text);
        if (!value)
            throw CLI::ValidationError(name, "'" + text + "' is not " + expected);
    };
    return app.add_option_function<std::string>(names, set, help);
}

void add_number(CLI::App &app, const char *names, std::optional<std::uint64_t> &value, NumberRange range,
                int base, const char *help) {
    const auto parse = [range, base](const std::string &text) -> std::optional<std::uint64_t> {
        std::uint64_t number = 0;
        const char *last = text.data() + text.size();
        const auto [end, code] = std::from_chars(text.data(), last, number, base);
        if (code != std::errc() || end != last || number < range.least || number > range.most)
            return {};
        return number;
    };
    add_parsed(app, names, value, describe(range, base), help, parse)
        ->type_name(base == octal_base ? "MODE" : "NUMBER");
}

/// The command that the user has named, or nullptr.
const Command *chosen(const CLI::App &app) {
    for (const Command &command : commands())
        if (app.got_subcommand(command.name))
            return &command;
    return nullptr;
}

int explain(const CLI::App &app, const CLI::ParseError &error) {
    if (error.get_exit_code() == 0)
        return app.exit(error);
    const Command *command = chosen(app);
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

void CommandLine::flag(const char *names, bool &value, const char *help) {
    app_.add_flag(names, value, help);
}

void CommandLine::text(const char *names, std::string &value, const char *help) {
    app_.add_option(names, value, help);
}

void CommandLine::texts(const char *names, std::vector<std::string> &values, const char *help) {
    app_.add_option(names, values, help)->allow_extra_args(false);
}

void CommandLine::number(const char *names, std::optional<std::uint64_t> &value, NumberRange range,
                         const char *help) {
    add_number(app_, names, value, range, decimal_base, help);
}

void CommandLine::octal(const char *names, std::optional<std::uint64_t> &value, NumberRange range,
                        const char *help) {
    add_number(app_, names, value, range, octal_base, help);
}

void CommandLine::size(const char *names, std::optional<std::uint64_t> &value, const char *help) {
    add_parsed(app_, names, value, "a size such as 4096, 64K, 2MiB or 1G", help, base::parse_size)
        ->type_name("SIZE");
}

void CommandLine::positional(std::vector<std::string> &values) {
    app_.add_option("arguments", values)->group("");
}

void CommandLine::require(const char *name) {
    app_.get_option(name)->required();
}

void CommandLine::need(const char *name, const char *other) {
    app_.get_option(name)->needs(other);
}

void CommandLine::exclude(const char *name, const char *other) {
    app_.get_option(name)->excludes(app_.get_option(other));
}

void CommandLine::check(std::function<std::string()> find_fault) {
    app_.parse_complete_callback([find_fault = std::move(find_fault)] {
        if (const std::string fault = find_fault(); !fault.empty())
            throw CLI::ValidationError(fault);
    });
}

int run_command_line(int argc, char **argv) {
    CLI::App app("Makes, fills, checks and looks into famfs file systems.", "famfsctl");
    app.set_version_flag("--version", FAMFS_VERSION);
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
        CommandLine line(*sub);
        actions.push_back(command.add(line));
    }
    try {
        app.parse(argc, argv);
        if (chosen(app) == nullptr)
            throw CLI::RequiredError("A command");
    } catch (const CLI::ParseError &error) {
        return explain(app, error);
    }
    return run(actions[static_cast<std::size_t>(chosen(app) - commands().data())]);
}

} // namespace famfs::ctl
