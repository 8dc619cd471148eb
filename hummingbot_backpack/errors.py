"""The one kind of error that a user is meant to read."""


class UserError(Exception):
    """Something that the user can put right, said in one sentence.

    The command line prints the sentence on stderr, without a traceback, and exits with :attr:`exit_code`. The sentence
    never holds a key, a secret, a signature or a password.
    """

    exit_code = 2
