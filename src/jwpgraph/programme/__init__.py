"""The programme at work: actions, meetings, amendment proposals, comments and judgements of progress."""
