"""What can go wrong in retrieval, as one family of errors.

``RetrievalError``
  ├─ ``BadOrdinance``      a stored or delivered text cannot be read as an ordinance
  ├─ ``UnknownDocument``   no document has this id
  ├─ ``UnknownArticle``    a document has no article of this number
  ├─ ``ArticleNotQuotable`` an article's copy is damaged, so that it answers nobody
  ├─ ``QuestionEmpty``     a question to be kept says nothing
  ├─ ``QuestionTooLong``   a question to be kept is a story
  ├─ ``DocumentExists``    a document with this id is already there
  ├─ ``BadEvaluationFile`` a line of an evaluation file is not of the contract's shape
  ├─ ``BadQuestionFile``   a file of curated questions cannot be read
  ├─ ``BadDutyFile``       a file of duties cannot be read, or says what its article does not
  ├─ ``EncoderUnavailable`` the encoder cannot be loaded
  └─ ``QuotationMismatch`` a quotation differs from the stored text, or the text may not be quoted
"""

from __future__ import annotations


class RetrievalError(Exception):
    """Base of the family.

    Attributes:
        code: stable name, ``wording.say("errors.<code>", **parameters)`` turns it into words for people.
        parameters: what the sentence needs; never a person's text.
    """

    code = "retrieval"

    def __init__(self, message: str, **parameters: object) -> None:
        super().__init__(message)
        self.parameters = parameters


class BadOrdinance(RetrievalError):
    code = "bad_ordinance"


class UnknownDocument(RetrievalError):
    code = "unknown_document"


class UnknownArticle(RetrievalError):
    code = "unknown_article"


class ArticleNotQuotable(RetrievalError):
    code = "article_not_quotable"


class QuestionEmpty(RetrievalError):
    code = "question_empty"


class QuestionTooLong(RetrievalError):
    code = "question_too_long"


class DocumentExists(RetrievalError):
    code = "document_exists"


class BadEvaluationFile(RetrievalError):
    code = "bad_evaluation_file"


class BadQuestionFile(RetrievalError):
    code = "bad_question_file"


class BadDutyFile(RetrievalError):
    code = "bad_duty_file"


class BadGlossFile(RetrievalError):
    code = "bad_gloss_file"


class EncoderUnavailable(RetrievalError):
    code = "encoder_unavailable"


class QuotationMismatch(RetrievalError):
    code = "quotation_mismatch"
